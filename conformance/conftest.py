"""The suite plays under the plugin's short names."""

from pytest_prose_go.short_names import *  # noqa: F403
