/**
 * Stacks as tenants know them: the desired state in the database, the REST API around it, and what an operation does to make it true.
 * What they take of their tenants' quotas is held at the registry through the kit. The shell around the plain packages beside it; it uses the kit and {@code operation}, and no other service's tables.
 */
@NullMarked
package dev.pocketagent.provisioner.stack;

import org.jspecify.annotations.NullMarked;
