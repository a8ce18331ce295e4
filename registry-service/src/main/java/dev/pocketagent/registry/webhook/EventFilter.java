package dev.pocketagent.registry.webhook;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

import dev.pocketagent.kit.problem.CommonProblem;
import dev.pocketagent.kit.problem.InputError;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.event.EventTypes;

/** Which events a webhook asks for: exact types, all of a group as {@code tenant.*}, or {@code *}. */
final class EventFilter {

    static final String EVERYTHING = "*";

    private EventFilter() {}

    /** The patterns that match a type; what a webhook asked for and this have in common decides. */
    static List<String> patternsOf(String type) {
        return List.of(EVERYTHING, EventTypes.group(type), type);
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
            if (!pattern.equals(EVERYTHING) && EventTypes.meantBy(pattern).isEmpty()) {
                unknown.add(new InputError("/events/" + i, "is not a known type; known are " + EventTypes.LISTED
                        + "; " + String.join(", ", EventTypes.GROUPS) + "; and *"));
            }
        }
        if (!unknown.isEmpty()) {
            throw new ProblemException(CommonProblem.INVALID_INPUT,
                    unknown.getFirst().pointer() + " " + unknown.getFirst().detail(), unknown);
        }
        return new TreeSet<>(asked).toArray(String[]::new);
    }
}
