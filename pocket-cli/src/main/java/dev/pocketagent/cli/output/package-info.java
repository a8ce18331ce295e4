/**
 * What people and scripts read: the terminal, tables, JSON and YAML, live progress. Plain Java and Jackson trees; it
 * knows no service, no address and no command.
 */
@NullMarked
package dev.pocketagent.cli.output;

import org.jspecify.annotations.NullMarked;
