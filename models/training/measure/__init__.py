"""Test sets, probes, ablations and curves: how good the trained and the shipped networks are."""
