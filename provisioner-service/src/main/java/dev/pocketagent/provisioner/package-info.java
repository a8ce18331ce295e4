/**
 * The provisioner: turns a template and a tenant's parameters into a stack that runs, safely limited, and keeps account of it. The
 * way is {@code template -> render -> policy -> plan -> backend}, each a package of plain Java; {@code stack} and {@code operation}
 * are the Quarkus shell with the database and REST. Nothing here knows what the agents inside a stack do.
 */
@NullMarked
package dev.pocketagent.provisioner;

import org.jspecify.annotations.NullMarked;
