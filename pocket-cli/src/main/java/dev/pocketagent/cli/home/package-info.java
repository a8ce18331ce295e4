/**
 * The user's state directory ({@code POCKET_HOME}, default {@code ~/.pocketagent}): its layout, settings, secret files,
 * and the addresses that follow from them. Files and addresses only: it starts nothing and calls nobody.
 */
@NullMarked
package dev.pocketagent.cli.home;

import org.jspecify.annotations.NullMarked;
