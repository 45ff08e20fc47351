"""Every format of a release, each a pure function of its content."""
