package dev.pocketagent.registry.webhook;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

import dev.pocketagent.kit.problem.CommonProblem;
import dev.pocketagent.kit.problem.InputError;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.event.EventTypes;

/** Which events a webhook asks for: exact types, all of a group as {@code tenant.*}, or {@code *}. */
final class EventFilter {

    static final String EVERYTHING = "*";
    private static final Set<String> GROUPS = EventTypes.ALL.stream().map(EventFilter::group)
            .collect(Collectors.toUnmodifiableSet());

    private EventFilter() {}

    /** The patterns that match a type; what a webhook asked for and this have in common decides. */
    static List<String> patternsOf(String type) {
        return List.of(EVERYTHING, group(type), type);
    }

    /**
     * What was asked for, sorted and without repetitions.
     *
     * @throws ProblemException 400 pointing at each entry that is no pattern of a known type
     */
    static String[] check(List<String> asked) {
        List<InputError> unknown = new ArrayList<>();
        for (int i = 0; i < asked.size(); i++) {
            String pattern = asked.get(i);
            if (!pattern.equals(EVERYTHING) && !GROUPS.contains(pattern) && !EventTypes.ALL.contains(pattern)) {
                unknown.add(new InputError("/events/" + i, "is not a known type; known are " + EventTypes.LISTED
                        + "; " + String.join(", ", new TreeSet<>(GROUPS)) + "; and *"));
            }
        }
        if (!unknown.isEmpty()) {
            throw new ProblemException(CommonProblem.INVALID_INPUT,
                    unknown.getFirst().pointer() + " " + unknown.getFirst().detail(), unknown);
        }
        return new TreeSet<>(asked).toArray(String[]::new);
    }

    private static String group(String type) {
        return type.substring(0, type.indexOf('.') + 1) + "*";
    }
}
