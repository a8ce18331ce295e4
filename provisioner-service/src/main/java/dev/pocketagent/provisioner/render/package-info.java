/**
 * Puts parameters into a template's document. Values take the place of nodes in the tree; no text is ever spliced into a document, so
 * that nothing a tenant types can become structure. Plain Java on trees; what the result means is the policy's business.
 */
@NullMarked
package dev.pocketagent.provisioner.render;

import org.jspecify.annotations.NullMarked;
