"""Profiles: how each survey tool lays out its exports. A file without a profile is a plain header and rows."""

from benchmarking.collect.profiles.shape import Shape, shape_grid

__all__ = ["Shape", "shape_grid"]
