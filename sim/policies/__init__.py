"""What a student may replace: one registry for each kind of policy, one small file for each capability.

A kind is a package: its ``__init__.py`` holds the interface and the registry, and every other file in it registers one
policy.  A new file is found by itself: scenarios, JSON Schema, messages, steps and documents know it from then on.
"""
