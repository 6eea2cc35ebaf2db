"""Tests of gpufleet."""
