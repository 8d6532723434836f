using System.CommandLine;
using Gloss.Inference;
using Gloss.Text;

namespace Gloss.Cli.Recognition;

/// <summary>The options that say which tags a model is asked for, and in what language they are named.</summary>
internal sealed class TagChoice
{
    private const int NamesInHint = 8;
    private const string Chinese = "zh";

    private readonly Option<string?> tags = new("--tags")
    {
        Description =
            "Ask for these tags alone, with commas between them, whether or not the model's vocabulary has them (RAM).",
    };

    private readonly Option<string?> tagsFile = new("--tags-file")
    {
        Description = "As --tags, by a file of tags, one a line; any number (RAM).",
    };

    private readonly Option<string?> descriptions = new("--descriptions")
    {
        Description =
            "Ask for the tags of this file alone, by texts that describe them: [{\"tag\": [\"text\", …]}, …] (RAM++).",
    };

    private readonly Option<string?> only = new("--only")
    {
        Description = "Ask for these tags of the model's vocabulary alone, with commas between them, in less time.",
    };

    private readonly Option<string?> clip = new("--clip")
    {
        Description =
            "The CLIP that embeds the tags of --tags, --tags-file and --descriptions: a folder; else the one inside "
            + "the model's folder.",
    };

    private readonly Option<string> language = new("--language")
    {
        Description = "Name tags in English (en) or Chinese (zh).", DefaultValueFactory = _ => "en",
    };

    /// <summary>Adds the options to a verb.</summary>
    public TagChoice(Command command)
    {
        language.AcceptOnlyFromAmong("en", Chinese);
        foreach (var option in new Option[] { tags, tagsFile, descriptions, only, clip, language })
            command.Options.Add(option);
        Option<string?>[] openSets = [tags, tagsFile, descriptions];
        command.Validators.Add(result =>
        {
            if (openSets.Append(only).Count(option => result.GetValue(option) is not null) > 1)
                result.AddError("--tags, --tags-file, --descriptions and --only exclude each other");
            var isOpen = openSets.Any(option => result.GetValue(option) is not null);
            if (result.GetValue(clip) is not null && !isOpen)
                result.AddError("--clip needs --tags, --tags-file or --descriptions: it embeds them");
            if (result.GetValue(language) == Chinese && isOpen)
                result.AddError(
                    "--language zh names tags of the model's vocabulary: tags of your own have the names that you "
                    + "give");
        });
    }

    /// <summary>The tags outside the vocabulary that were asked for, or null; the caller owns them.</summary>
    public OpenSetTags? OpenSet(ParseResult parsed, LoadedModel model, CancellationToken cancellationToken)
    {
        var file = parsed.GetValue(descriptions);
        var names = parsed.GetValue(tags) is { } list ? Split(list, tags)
            : parsed.GetValue(tagsFile) is { } path ? TagFile.Read(tagsFile.Name, path) : null;
        if (names is null && file is null)
            return null;
        if (model.Model.OpenSet is not { } shape)
            throw new ArgumentException(
                $"the model knows its own tags alone: family {model.Config.Family} · hint: --only \"dog,cat\" asks for "
                + $"some of them");
        if (shape.IsOfDescriptions != file is not null)
        {
            throw new ArgumentException(shape.IsOfDescriptions
                ? "RAM++ is told of a tag by texts that describe it · hint: --descriptions FILE; --only \"dog,cat\" "
                    + "asks for tags of its vocabulary"
                : "RAM is told of a tag by its name · hint: --tags \"my,own,list\"");
        }
        using var loaded = model.Folder.FindClip(parsed.GetValue(clip)).OpenClip(model.Device);
        var predictor = new ClipPredictor(loaded);
        return file is null ? predictor.Tags(names!, cancellationToken)
            : predictor.Tags(TagDescriptions.Load(file), cancellationToken);
    }

    /// <summary>Recognition's options with what was asked for here.</summary>
    public ImageRecognizerOptions Apply(ParseResult parsed, ImageRecognizerOptions options, TagVocabulary vocabulary) =>
        options with
    {
        OnlyTags = parsed.GetValue(only) is { } names
            ? [.. Split(names, only).Select(name => Find(vocabulary, name).Id)] : null,
        Language = parsed.GetValue(language) == Chinese ? TagLanguage.Chinese : TagLanguage.English,
    };

    /// <summary>A tag of a vocabulary by its name or a synonym.</summary>
    /// <exception cref="ArgumentException">It has no such tag; the message names like ones.</exception>
    public static Tag Find(TagVocabulary vocabulary, string name) => vocabulary.TryFind(name, out var tag) ? tag
        : throw new ArgumentException($"the model has no tag '{name}' · {Hint(vocabulary, name)}");

    private static string[] Split(string list, Option option) =>
        list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is { Length: > 0 } names
            ? names
            : throw new ArgumentException($"{option.Name} · expected tags with commas between them, got '{list}'");

    private static string Hint(TagVocabulary vocabulary, string name)
    {
        var like = vocabulary.Where(tag => tag.Name.Contains(name, StringComparison.OrdinalIgnoreCase)
            || (tag.Name.Length > 2 && name.Contains(tag.Name, StringComparison.OrdinalIgnoreCase)))
                .Select(tag => tag.Name).Distinct()
            .Take(NamesInHint).ToArray();
        return like.Length > 0 ? $"hint: it has {string.Join(", ", like)}"
            : "hint: its tags are listed in tags.jsonl of the model";
    }
}
