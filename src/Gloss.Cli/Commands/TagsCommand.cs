using System.CommandLine;
using System.Text.Json;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Search;
using Gloss.Images;
using Gloss.Search;

namespace Gloss.Cli.Commands;

/// <summary>
/// <c>gloss tags</c>: what persons say of the catalogue's tags, which no model changes; and which tags there are.
/// </summary>
internal static class TagsCommand
{
    /// <summary>The verb.</summary>
    public static Command Create() => new("tags", "Add and reject tags of pictures in the catalogue; list them.")
    {
        Decision("add", "Give pictures tags, known to the model or not; they stay whatever a model thinks.",
            (decisions, ids, names) => decisions.Add(ids, names)),
        Decision("reject", "Take tags from pictures; they stay away whatever a model thinks.",
            (decisions, ids, names) => decisions.Reject(ids, names)),
        Decision("clear", "Leave tags to the model again.", (decisions, ids, names) => decisions.Clear(ids, names)),
        List(),
    };

    private static Command Decision(string name, string description,
        Func<TagDecisions, IReadOnlyList<long>, IReadOnlyList<string>, int> decide)
    {
        var command = new Command(name, description);
        var tags = new Argument<string>("tags") { Description = "Tags, with commas between them: \"dog,snow\"." };
        var paths = new Argument<string[]>("pictures")
        {
            Description = "Pictures of the catalogue, folders, patterns; - reads paths from standard input.",
            Arity = ArgumentArity.OneOrMore,
        };
        command.Arguments.Add(tags);
        command.Arguments.Add(paths);
        var catalogue = new CatalogueArguments(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var names = FilterArguments.Split([parsed.GetRequiredValue(tags)]);
            if (names.Length == 0)
                throw new ArgumentException("no tag · expected names with commas between them, such as \"dog,snow\"");
            using var opened = catalogue.Open(parsed);
            var (search, ids, missing) = (new CatalogueSearch(opened), new List<long>(), 0);
            foreach (var file in ImageFiles.Expand(parsed.GetRequiredValue(paths), Console.In))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (search.Find(file.Path) is { } id)
                {
                    ids.Add(id);
                    continue;
                }
                missing++;
                error.WriteLine(
                    $"{GlossCommandLine.Name}: "
                    + $"{file.Error?.Message ?? $"not in the catalogue · {file.Path} · hint: gloss index {file.Path}"}");
            }
            var changed = decide(new TagDecisions(opened), ids, names);
            output.WriteLine($"{changed} of {ids.Count} pictures changed");
            return missing > 0 || ids.Count == 0 ? ExitCode.NothingFound : ExitCode.Done;
        }, cancellationToken));
        return command;
    }

    private static Command List()
    {
        var command =
            new Command("list", "List the tags that pictures of the catalogue have, with the number of pictures.");
        var form = new FormArguments(command);
        var catalogue = new CatalogueArguments(command);
        command.SetAction(parsed =>
        {
            using var opened = catalogue.Open(parsed);
            var count = ListOutput.Write(parsed.InvocationConfiguration.Output, form.Read(parsed),
                new CatalogueSearch(opened).CountTags(),
                tag => $"{tag.Name} {tag.Count}", tag =>
                    $"{{\"name\":{JsonSerializer.Serialize(tag.Name, StringJson.Readable.String)},\"count\":{tag.Count}}}");
            return count > 0 ? ExitCode.Done : ExitCode.NothingFound;
        });
        return command;
    }
}
