/**
 * What every command shares: the session it works in, common options, exit codes, and how a failure is told to a person.
 * Commands of one noun live in that noun's package and never use each other.
 */
@NullMarked
package dev.pocketagent.cli.command;

import org.jspecify.annotations.NullMarked;
