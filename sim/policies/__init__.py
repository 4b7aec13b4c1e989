"""Policies and stages: one registry for each kind, one small file for each capability.

A kind is a package: its ``__init__.py`` holds the interface and the registry, and every other file in it registers one
class.  New files are found when the registry is first read; scenarios, JSON Schema, error messages, steps and documents
all read the registry, so that a new class needs no other change.
"""
