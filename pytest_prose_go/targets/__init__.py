"""Who is tested: how a target is named, opened, guarded and probed."""
