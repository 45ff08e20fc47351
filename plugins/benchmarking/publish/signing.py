"""Sign a release's checksums with Ed25519, so that a reader knows who made it; off unless a key is set."""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from benchmarking.errors import BenchmarkingError, SettingsError
from benchmarking.publish.promote import SIGNATURE, SUMS

KEY_SETTING = "BENCHMARKING_SIGNING_KEY"


class BadSignature(BenchmarkingError):
    """A release's checksums were not signed by the key given."""


def sign_sums(folder: Path) -> Path | None:
    """Write SHA256SUMS.sig where BENCHMARKING_SIGNING_KEY names a private key file (PEM); None where it does not.

    Raises:
        SettingsError: the file is missing or holds no Ed25519 key.
    """
    name = os.environ.get(KEY_SETTING, "")
    if not name:
        return None
    signature = _private_key(Path(name)).sign((folder / SUMS).read_bytes())
    path = folder / SIGNATURE
    path.write_bytes(base64.b64encode(signature) + b"\n")
    return path


def check_signature(folder: Path, public_key: Path) -> None:
    """Check a release's signature with a public key file (PEM).

    Raises:
        BadSignature: there is none, or it is not this key's or not of these sums.
    """
    path = folder / SIGNATURE
    if not path.is_file():
        raise BadSignature(f"there is no {SIGNATURE}.", str(folder), "Take the release from its source again.")
    try:
        _public_key(public_key).verify(
            base64.b64decode(path.read_bytes(), validate=False), (folder / SUMS).read_bytes()
        )
    except (InvalidSignature, binascii.Error) as error:
        raise BadSignature(
            "the signature is not this key's.", str(path), "Compare the key with the publisher's, or do not use it."
        ) from error


def _private_key(path: Path) -> Ed25519PrivateKey:
    return _loaded(path, lambda pem: load_pem_private_key(pem, password=None), Ed25519PrivateKey)


def _public_key(path: Path) -> Ed25519PublicKey:
    return _loaded(path, load_pem_public_key, Ed25519PublicKey)


def _loaded(path, load, kind):  # type: ignore[no-untyped-def]
    try:
        key = load(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SettingsError(f"no key can be read from it: {error}", str(path), "Name a PEM file.") from error
    if not isinstance(key, kind):
        raise SettingsError("it holds no Ed25519 key.", str(path), "Make one with: openssl genpkey -algorithm ed25519")
    return key
