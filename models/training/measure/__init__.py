"""Test sets, probes, ablations and curves: what the trained and the shipped networks are worth."""
