/**
 * The difference between a specification and what runs, as an ordered list of single changes. A pure function in plain Java: no I/O, no
 * clock. Applying what it lists and asking again must list nothing.
 */
@NullMarked
package dev.pocketagent.provisioner.plan;

import org.jspecify.annotations.NullMarked;
