using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Recognition;
using Gloss.Cli.Search;
using Gloss.Search;

namespace Gloss.Cli.Commands;

/// <summary><c>gloss duplicates</c>: groups of pictures of the catalogue that are the same or nearly so.</summary>
internal static class DuplicatesCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var command = new Command("duplicates",
            "Find pictures of the catalogue that are the same file twice, or nearly the same photograph.");
        var exact = new Option<bool>("--exact") { Description = "Only files with the same bytes." };
        var similarity = new Option<float>("--similarity")
        {
            Description = "How alike the model must find two pictures, 0 to 1.", DefaultValueFactory = _ =>
                new DuplicateOptions().Similarity,
        };
        similarity.Validators.Add(result => ModelOptions.CheckRange(result, similarity, 0, 1));
        var look = new Option<int>("--look")
        {
            Description =
                "In how many of 64 bits the looks of two pictures may differ; 64 asks the model alone, and so finds "
                + "crops and mirrored ones.",
            DefaultValueFactory = _ => new DuplicateOptions().LookDistance,
        };
        look.Validators.Add(result => ModelOptions.CheckRange(result, look, 0, 64));
        foreach (var option in new Option[] { exact, similarity, look })
            command.Options.Add(option);
        var filter = new FilterArguments(command);
        var form = new FormArguments(command);
        var sheet = new SheetArguments(command, form);
        var catalogue = new CatalogueArguments(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            using var opened = catalogue.Open(parsed);
            var groups = new DuplicateFinder(opened).Find(new DuplicateOptions
            {
                IsExact = parsed.GetValue(exact), Similarity = parsed.GetValue(similarity),
                LookDistance = parsed.GetValue(look), Filter = filter.Read(parsed),
            }, cancellationToken);
            if (!sheet.Write(parsed, "Duplicates",
                [.. groups.Select(group => (Heading(group), (IReadOnlyList<(CataloguedPicture, string)>)
                [.. group.Pictures.Select(picture => (picture, $"{picture.Width} × {picture.Height}"))]))],
                    cancellationToken))
                ListOutput.Write(parsed.InvocationConfiguration.Output, form.Read(parsed), groups, Text, Json);
            if (groups.Count == 0)
                parsed.InvocationConfiguration.Error.WriteLine(
                    $"{GlossCommandLine.Name}: no duplicates · {CatalogueText.Pictures(opened)}");
            return groups.Count > 0 ? ExitCode.Done : ExitCode.NothingFound;
        }, cancellationToken));
        return command;
    }

    private static string Heading(DuplicateGroup group) => group.IsIdentical ? "the same file"
        : string.Create(CultureInfo.InvariantCulture, $"nearly the same, {group.Similarity:F3}");

    private static string Text(DuplicateGroup group) =>
        $"{Heading(group)}:\n{string.Concat(group.Pictures.Select(picture => $"  {picture.Path} {picture.Width}x{picture.Height} {picture.Size}\n"))}";

    private static string Json(DuplicateGroup group) => string.Create(CultureInfo.InvariantCulture,
        $"{{\"identical\":{(group.IsIdentical ? "true" : "false")},\"similarity\":{group.Similarity:F4},\"pictures\":[{string.Join(',', group.Pictures.Select(picture =>
            $"{{\"path\":{JsonSerializer.Serialize(picture.Path, StringJson.Readable.String)},\"width\":{picture.Width},\"height\":{picture.Height},\"size\":{picture.Size}}}"))}]}}");
}
