/**
 * The bridge to a PocketBase collection of customers: reads its records, makes and changes tenants after them, and writes
 * back what the platform knows. {@link dev.pocketagent.registry.pocketbase.Reconciliation} decides, in plain Java; the
 * client behind it trusts no list before PocketBase has proven that we are a superuser. Changes tenants through
 * {@code TenantChanges} only; nothing depends on this package, and nothing here ever deletes a tenant.
 */
@NullMarked
package dev.pocketagent.registry.pocketbase;

import org.jspecify.annotations.NullMarked;
