"""Keyrings, sources and packages of apt."""
