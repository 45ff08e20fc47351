"""Signed checksums: a reader with the public key knows who made a release."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from benchmarking.errors import SettingsError
from benchmarking.publish.promote import write_sums
from benchmarking.publish.signing import KEY_SETTING, BadSignature, check_signature, sign_sums


@pytest.fixture
def keys(tmp_path, monkeypatch):
    key = Ed25519PrivateKey.generate()
    private, public = tmp_path / "key.pem", tmp_path / "key.pub.pem"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    monkeypatch.setenv(KEY_SETTING, str(private))
    return public


@pytest.fixture
def release(tmp_path):
    folder = tmp_path / "2026.1.0"
    folder.mkdir()
    (folder / "benchmarks.csv").write_text("value\n480\n")
    write_sums(folder)
    return folder


def test_a_signed_release_is_verified_with_the_public_key(release, keys):
    assert sign_sums(release).name == "SHA256SUMS.sig"
    check_signature(release, keys)


def test_changed_sums_or_another_key_are_refused(release, keys, tmp_path):
    sign_sums(release)
    other = tmp_path / "other.pem"
    public = Ed25519PrivateKey.generate().public_key()
    other.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(BadSignature, match="the signature is not this key's"):
        check_signature(release, other)
    (release / "SHA256SUMS").write_text("0  benchmarks.csv\n")
    with pytest.raises(BadSignature, match="the signature is not this key's"):
        check_signature(release, keys)


def test_without_a_key_nothing_is_signed_and_a_check_says_so(release, keys, monkeypatch):
    monkeypatch.delenv(KEY_SETTING)
    assert sign_sums(release) is None
    with pytest.raises(BadSignature, match=r"there is no SHA256SUMS\.sig"):
        check_signature(release, keys)


def test_a_key_of_another_kind_or_none_is_refused_by_name(release, tmp_path, monkeypatch):
    path = tmp_path / "rsa.pem"
    key = generate_private_key(public_exponent=65537, key_size=2048)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    monkeypatch.setenv(KEY_SETTING, str(path))
    with pytest.raises(SettingsError, match="it holds no Ed25519 key"):
        sign_sums(release)
    monkeypatch.setenv(KEY_SETTING, str(tmp_path / "missing.pem"))
    with pytest.raises(SettingsError, match="no key can be read from it"):
        sign_sums(release)
