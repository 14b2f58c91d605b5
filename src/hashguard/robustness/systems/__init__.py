"""The systems that can be measured: one module for each library, the one door to it."""
