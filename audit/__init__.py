"""How far the checks reach: planted faults, other machines, hostile input, packages."""
