"""Trainings: settings, the loop, checkpoints, and what each network learns from."""
