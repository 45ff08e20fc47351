"""Publish: every format of a release, each a pure function of the published cells."""
