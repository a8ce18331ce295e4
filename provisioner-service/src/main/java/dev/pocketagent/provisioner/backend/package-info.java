/**
 * The border between what a stack should be and where it runs: the approved specification, what a backend reports, and the single
 * changes between the two. Plain Java records without I/O; implementations live in packages of their own ({@code engine},
 * {@code bundle}). No template, no database, no HTTP and no Quarkus ever comes in here.
 */
@NullMarked
package dev.pocketagent.provisioner.backend;

import org.jspecify.annotations.NullMarked;
