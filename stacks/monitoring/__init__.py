"""Monitoring: metric filters, alarms, dashboards, notifications and the scheduled verification."""
