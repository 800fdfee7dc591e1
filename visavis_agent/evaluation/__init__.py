"""Metrics, benches and reports."""
