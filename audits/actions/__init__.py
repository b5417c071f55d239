"""Everything that changes audits, nonconformities and management reviews, one function per thing that can happen."""
