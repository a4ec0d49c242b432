"""Weights of other networks and programs: `files` reads them, `transfer` matches them to rows."""
