using System.CommandLine;
using System.Globalization;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Recognition;
using Gloss.Cli.Search;
using Gloss.Inference;
using Gloss.Search;
using Gloss.Text.Parsing;
using Gloss.Torch;

namespace Gloss.Cli.Commands;

/// <summary><c>gloss search</c>: words, tags or a picture in, the pictures of the catalogue that fit out.</summary>
internal static class SearchCommand
{
    private const int TagsShown = 8;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var command = new Command("search",
            "Find pictures of the catalogue by words, by tags, or by a picture that they are like.");
        var text = new Argument<string[]>("words")
        {
            Description = "What is to be seen: \"two dogs playing in the snow\".",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var like = new Option<string?>("--like")
        {
            Description = "A picture, in the catalogue or not: find what is like it.",
        };
        var limit = new Option<int>("--limit", "-n")
        {
            Description = "The most pictures.",
            DefaultValueFactory = _ => new SearchQuery().Limit,
        };
        limit.Validators.Add(result => ModelOptions.CheckRange(result, limit, 1, 1_000_000));
        var rerank = new Option<int>("--rerank")
        {
            Description =
                "Let the model look again at so many of the best and say how well the words fit each (models with an "
                + "alignment branch).",
        };
        rerank.Validators.Add(result => ModelOptions.CheckRange(result, rerank, 0, 1000));
        command.Arguments.Add(text);
        command.Options.Add(rerank);
        command.Options.Add(like);
        command.Options.Add(limit);
        var filter = new FilterArguments(command);
        var form = new FormArguments(command);
        var sheet = new SheetArguments(command, form);
        var catalogue = new CatalogueArguments(command);
        var model = new ModelOptions(command, defaultModel: null);
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            var words = string.Join(' ', parsed.GetValue(text) ?? []).Trim();
            if (words.Length > 0)
                LoadAhead(needsEngine: parsed.GetValue(rerank) > 0);
            using var opened = catalogue.Open(parsed);
            model.Fallback = opened.Model?.Folder;
            var search = new CatalogueSearch(opened);
            var parts = parsed.GetValue(rerank) > 0 ? ModelParts.All : ModelParts.Embedding;
            using var embedder = new QueryEmbedder(opened, () => ModelFolder.Open(model.Folder(parsed)),
                () => model.Open(parsed, parts), model.Recognition(parsed));
            var query = new SearchQuery { Filter = filter.Read(parsed), Limit = parsed.GetValue(limit) };
            if (words.Length > 0)
                query = query with { Text = words, TextEmbedding = embedder.Text(words) };
            if (parsed.GetValue(like) is { } example)
            {
                var known = search.Find(example);
                query = query with { ExampleId = known, Example = known is { } id
                    ? search.Embedding(id) : embedder.Picture(example) };
            }
            var results = parsed.GetValue(rerank) is > 0 and var again && query.TextEmbedding is not null
                ? embedder.Rerank(search.Run(query with { Limit = Math.Max(again, query.Limit) }), words, again,
                    cancellationToken).Take(query.Limit).ToArray()
                : search.Run(query);
            if (!sheet.Write(parsed, Title(words, parsed.GetValue(like), query.Filter),
                [("", [.. results.Select(result =>
                (result.Picture, result.Score.ToString("F2", CultureInfo.InvariantCulture)))])], cancellationToken))
                ListOutput.Write(parsed.InvocationConfiguration.Output, form.Read(parsed), results, Line,
                    result => FoundPicture.ToJson(result.Picture, result.Score));
            if (results.Count == 0)
                parsed.InvocationConfiguration.Error.WriteLine(
                    $"{GlossCommandLine.Name}: nothing found · {CatalogueText.Pictures(opened)}");
            return results.Count > 0 ? ExitCode.Done : ExitCode.NothingFound;
        }, cancellationToken));
        return command;
    }

    // The parser, and the engine where one is needed, each a good part of a second, while the catalogue is opened; what
    // is wrong with them is told where they are used.
    private static void LoadAhead(bool needsEngine)
    {
        if (needsEngine)
            _ = Task.Run(() => Engine.Threads);
        _ = Task.Run(() => DependencyParser.Default);
    }

    private static string Title(string words, string? like, SearchFilter filter)
    {
        string[] parts = [words, like is null ? "" : $"like {Path.GetFileName(like)}", string.Join(", ", filter.Tags),
            filter.NotTags.Count == 0 ? "" : $"not {string.Join(", ", filter.NotTags)}"];
        return string.Join(" · ", parts.Where(part => part.Length > 0)) is { Length: > 0 } title ? title : "Pictures";
    }

    private static string Line(SearchResult result)
    {
        var picture = result.Picture;
        var tags = string.Join(", ", picture.Tags.Take(TagsShown).Select(tag => tag.Name));
        return string.Create(CultureInfo.InvariantCulture,
            $"{picture.Path}: {result.Score:F2} · {(picture.Caption is { } caption ? $"{caption} · " : "")}{tags}");
    }
}
