/**
 * The backend for machines without a container engine: writes each stack as a directory that {@code docker compose up} takes anywhere.
 * It owns the files that it writes and nothing else in the directory; secrets are never among them. Plain Java and files.
 */
@NullMarked
package dev.pocketagent.provisioner.bundle;

import org.jspecify.annotations.NullMarked;
