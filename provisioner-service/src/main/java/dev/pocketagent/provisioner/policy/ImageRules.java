package dev.pocketagent.provisioner.policy;

import java.util.List;
import java.util.Optional;

import dev.pocketagent.provisioner.tree.Trees;

/** Which images may run: from the operator's repositories, with a version that does not change from one start to the next. */
final class ImageRules {

    private ImageRules() {}

    /** @param notes gets a word about tags, which a registry can move */
    static String read(Place service, PolicySettings settings, List<Finding> notes) {
        if (!service.has("image")) {
            service.refuse(Rule.VALUE_INVALID, "image", "an image is needed");
            return "";
        }
        String text = service.text("image").orElse("");
        if (text.isEmpty()) {
            return text;
        }
        Optional<ImageName> parsed = ImageName.parse(text);
        if (parsed.isEmpty()) {
            service.refuse(Rule.VALUE_INVALID, "image", "not an image reference");
            return text;
        }
        ImageName name = parsed.get();
        if (!settings.allows(name)) {
            service.refuse(Rule.IMAGE_REGISTRY, "image",
                    name.repository() + " is not below " + String.join(", ", settings.images()));
        }
        if (!name.pinned()) {
            service.refuse(Rule.IMAGE_PIN, "image", "");
        } else if (name.digest().isEmpty()) {
            notes.add(new Finding("image-digest", Trees.pointer(service.pointer(), "image"),
                    text + " is named by tag: the registry can change what it means; a digest cannot change"));
        }
        return text;
    }
}
