/**
 * The launcher: PostgreSQL and the four services as processes of this machine, brought up, watched and taken down, with
 * their secrets, settings and logs. It may use the state directory and the output; it knows no REST resource of a service
 * beyond its health.
 */
@NullMarked
package dev.pocketagent.cli.launch;

import org.jspecify.annotations.NullMarked;
