/**
 * Sources of tenants: what they are, who may have how many, and which revision of each is live. Rows and their REST resource; asks
 * {@code sync.job} for work and the registry, through the kit, for a part of the tenant's quota. Reading content and doing the work never come in.
 */
@NullMarked
package dev.pocketagent.sync.source;

import org.jspecify.annotations.NullMarked;
