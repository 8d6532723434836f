namespace Gloss.Images;

/// <summary>A picture cannot be read or written. The message is one line: what · file · expected, got · hint.</summary>
public sealed class ImageException : Exception
{
    /// <summary>Composes the message from its parts.</summary>
    /// <param name="fault">The kind of failure.</param>
    /// <param name="file">The path or name of the picture.</param>
    /// <param name="what">What failed.</param>
    /// <param name="expected">What would have been right, or null.</param>
    /// <param name="got">What was found, or null.</param>
    /// <param name="hint">What to try, or null.</param>
    /// <param name="inner">The cause, or null.</param>
    public ImageException(ImageFault fault, string file, string what, string? expected = null, string? got = null,
        string? hint = null, Exception? inner = null)
        : base(Compose(file, what, expected, got, hint), inner)
    {
        Fault = fault;
        File = file;
        What = what;
        Expected = expected;
        Got = got;
        Hint = hint;
    }

    /// <summary>The kind of failure.</summary>
    public ImageFault Fault { get; }

    /// <summary>The path or name of the picture.</summary>
    public string File { get; }

    /// <summary>What failed.</summary>
    public string What { get; }

    /// <summary>What would have been right, or null.</summary>
    public string? Expected { get; }

    /// <summary>What was found, or null.</summary>
    public string? Got { get; }

    /// <summary>What to try, or null.</summary>
    public string? Hint { get; }

    private static string Compose(string file, string what, string? expected, string? got, string? hint)
    {
        var text = $"{what} · {file}";
        if (expected is not null || got is not null)
        {
            text += expected is null ? " ·" : $" · expected {expected}";
            text += got is null ? "" : (expected is null ? " got " : ", got ") + got;
        }
        text += hint is null ? "" : $" · hint: {hint}";
        return text.ReplaceLineEndings(" ");
    }
}
