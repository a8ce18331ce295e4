/**
 * Documents as typed trees: read from YAML or JSON, compared, hashed and written, never handled as text in between. Plain Java with
 * SnakeYAML Engine for reading and Jackson's tree at the border to REST. It knows nothing of Compose, templates or stacks.
 */
@NullMarked
package dev.pocketagent.provisioner.tree;

import org.jspecify.annotations.NullMarked;
