using System.CommandLine;
using System.Globalization;
using Gloss.Cli.CommandLine;
using Gloss.Images;
using Gloss.Inference;

namespace Gloss.Cli.Recognition;

/// <summary>Runs a recognizer over pictures and prints its results as they come.</summary>
internal static class RecognitionRun
{
    /// <summary>
    /// Prints one result a picture; a picture that cannot be read is a line on standard error, and in JSON an object
    /// with <c>error</c>. Returns 1 when a picture failed or nothing was found in any.
    /// </summary>
    public static int Print(ImageRecognizer recognizer, ImageRecognizerOptions options, IEnumerable<ImageFile> files,
        ResultForm form,
        InvocationConfiguration streams, CancellationToken cancellationToken) =>
        Print(recognizer.Run(files, cancellationToken), options, form, streams);

    /// <summary>As above, for results of whatever kind.</summary>
    public static int Print(IEnumerable<RecognizedImage> results, ImageRecognizerOptions options, ResultForm form,
        InvocationConfiguration streams)
    {
        var (output, error) = (streams.Output, streams.Error);
        using var progress = new PictureProgress(error);
        var (done, failed, found) = (0, 0, 0);
        using var list = new ResultList(output, form);
        foreach (var image in results)
        {
            if (image.Error is { } fault)
            {
                progress.Say($"{GlossCommandLine.Name}: {fault.Message}");
                failed++;
            }
            else if (image.Tags.Count > 0 || image.Caption is { Length: > 0 })
            {
                found++;
            }
            if (form != ResultForm.Text)
                list.Add(PictureResult.ToJson(image, options.HasTags));
            else if (image.Error is null)
                output.Write($"{Text(image, options)}\n");
            done++;
            progress.Report(done);
        }
        return failed > 0 || found == 0 ? ExitCode.NothingFound : ExitCode.Done;
    }

    private static string Text(RecognizedImage image, ImageRecognizerOptions options)
    {
        if (options.HasCaption)
            return $"{image.Path}: {image.Caption}";
        return image.Tags.Count == 0 ? $"{image.Path}: no tags" : $"{image.Path}: {string.Join(", ", image.Tags.Select(tag =>
            string.Create(CultureInfo.InvariantCulture, $"{tag.Name} {tag.Score:F2}")))}";
    }
}
