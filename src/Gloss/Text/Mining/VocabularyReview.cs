namespace Gloss.Text.Mining;

/// <summary>
/// A person's decisions on the tags of a vocabulary, one a line: decision TAB name TAB type TAB captions TAB example.
/// The decision is empty or <c>keep</c>, <c>drop</c>, <c>merge NAME</c> (a synonym of that tag from now on), <c>rename
/// NAME</c> or <c>retype TYPE</c>; several are separated by commas. The same file and captions give the same
/// vocabulary.
/// </summary>
public sealed class VocabularyReview
{
    private readonly Dictionary<string, string> names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TagType> types = new(StringComparer.Ordinal);
    private readonly HashSet<string> dropped = new(StringComparer.Ordinal);
    private readonly HashSet<string> renamed = new(StringComparer.Ordinal);

    /// <summary>Reads decisions; lines that begin with # are comments.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="source">What errors call the source.</param>
    /// <exception cref="VocabularyException">A decision is none; names the line and the valid ones.</exception>
    public VocabularyReview(IEnumerable<string> lines, string source)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            if (line.Length == 0 || line[0] == '#')
                continue;
            var columns = line.Split('\t');
            if (columns.Length < 2 || columns[1].Trim().Length == 0)
                throw Fault(source, number, "decision TAB name", line);
            foreach (var decision in columns[0]
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                Take(decision, columns[1].Trim(), source, number);
        }
        // "rename court, retype object": the type is of the new name.
        foreach (var (name, type) in types.ToList())
        {
            if (names.TryGetValue(name, out var other) && renamed.Contains(other))
                types.TryAdd(other, type);
        }
        foreach (var start in names.Keys)
        {
            var at = start;
            for (var steps = 0; names.TryGetValue(at, out var next); at = next)
            {
                if (++steps > names.Count)
                    throw new VocabularyException(
                        $"review {source}: \"{start}\" is merged in a circle · hint: one of the names must stay");
            }
        }
    }

    /// <summary>No decisions.</summary>
    public static VocabularyReview None { get; } = new([], "none");

    /// <summary>Whether a tag is left out.</summary>
    public bool Drops(string name) => dropped.Contains(name);

    /// <summary>The name that stands for a name: another where it was merged or renamed.</summary>
    public string NameOf(string name)
    {
        while (names.TryGetValue(name, out var other))
            name = other;
        return name;
    }

    /// <summary>The names that were merged into a name or renamed to it, in the order of letters.</summary>
    public IReadOnlyList<string> MergedInto(string name) =>
        [.. names.Keys.Where(key => NameOf(key) == name).Order(StringComparer.Ordinal)];

    /// <summary>Whether a name is one that a person gave.</summary>
    public bool IsGiven(string name) => renamed.Contains(name);

    /// <summary>All names that the decisions speak of and that should occur in captions, in the order of letters: what
    /// is dropped, merged, renamed or retyped, and what is merged into.</summary>
    public IReadOnlyList<string> Names =>
    [
        .. dropped.Concat(names.Keys).Concat(names.Values).Concat(types.Keys).Where(name => !IsGiven(name)).Distinct()
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The type that was decided for a name; null: none was.</summary>
    public TagType? TypeOf(string name) => types.TryGetValue(name, out var type) ? type : null;

    /// <summary>A file to decide in: all candidates, with the number of captions and examples.</summary>
    public static IEnumerable<string> Draft(IEnumerable<(string Name, TagType Type, int Count)> tags,
        Func<string, string?> example)
    {
        yield return "# decision (keep, drop, merge NAME, rename NAME, retype TYPE)\tname\ttype\tcaptions\texample";
        foreach (var (name, type, count) in tags)
        {
            var text = example(name)?.Replace('\t', ' ').Replace('\n', ' ').Replace('\r', ' ');
            yield return $"keep\t{name}\t{type.ToString().ToLowerInvariant()}\t{count}\t{text}";
        }
    }

    private void Take(string decision, string name, string source, int number)
    {
        var blank = decision.IndexOf(' ', StringComparison.Ordinal);
        var (verb, rest) = blank < 0 ? (decision, "") : (decision[..blank], decision[(blank + 1)..].Trim());
        switch (verb)
        {
            case "keep" when rest.Length == 0:
                break;
            case "drop" when rest.Length == 0:
                dropped.Add(name);
                break;
            case "merge" or "rename" when rest.Length > 0:
                if (rest != name)
                    names[name] = rest;
                if (verb == "rename")
                    renamed.Add(rest);
                break;
            case "retype" when Enum.TryParse<TagType>(rest, ignoreCase: true, out var type) && Enum.IsDefined(type):
                types[name] = type;
                break;
            default:
                throw Fault(source, number,
                    "keep, drop, merge NAME, rename NAME or retype object|scene|attribute|action", decision);
        }
    }

    private static VocabularyException Fault(string source, int line, string expected, string got) =>
        new($"review {source}, line {line}: expected {expected}, got \"{got}\"");
}
