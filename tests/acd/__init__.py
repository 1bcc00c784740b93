"""The platform's tests, and any JSON for them to be thrown at."""

from hypothesis import strategies as st

TEXT = st.text('aT015 .-é"\\\0\u2028', max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
