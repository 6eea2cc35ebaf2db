"""Tests of pure code and of single operations: seconds, no root, no Docker."""
