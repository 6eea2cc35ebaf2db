"""Commands that take their time, whose output is shown as it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra.api import StringCommand
from pyinfra.connectors.util import CommandOutput

if TYPE_CHECKING:
    from pyinfra.api import Host, State
    from pyinfra.api.arguments import ConnectorArguments


class ShownCommand(StringCommand):
    """A command whose output a person sees line by line; pyinfra shows that of others with `-vvv` only."""

    def execute(self, state: State, host: Host, connector_arguments: ConnectorArguments) -> tuple[bool, CommandOutput]:
        """Run it on the host.

        Returns:
            Whether it succeeded, and its output. Of one that failed it is what it complained of: pyinfra prints that
            once more, and the rest has been seen.
        """
        connector_arguments.update(self.connector_arguments)
        done, output = host.run_shell_command(
            self, print_output=True, print_input=state.print_input, **connector_arguments
        )
        complaints = [line for line in output.combined_lines if line.buffer_name == "stderr"]
        return done, output if done else CommandOutput(complaints)
