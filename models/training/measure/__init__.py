"""Test sets, probes and curves: how good the trained and the shipped networks are."""
