"""Programs that try to break what Striate promises: `python -m proofs.run` does all, docs/trust.md tells what came of it."""
