"""AIMS: an ISO/IEC 42001 AI management system with live assurance cases."""
