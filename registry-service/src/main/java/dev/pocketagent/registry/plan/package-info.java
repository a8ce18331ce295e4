/**
 * The plans and their versions, which never change once they are there. Knows nobody else; who has which plan is the
 * tenant's business, and what is used of it the reservations'.
 */
@NullMarked
package dev.pocketagent.registry.plan;

import org.jspecify.annotations.NullMarked;
