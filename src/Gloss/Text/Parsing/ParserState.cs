namespace Gloss.Text.Parsing;

/// <summary>
/// A moment in arc-hybrid parsing (Kuhlmann, Gómez-Rodríguez, Satta 2011): a stack, the next word, the arcs so far. Word 0 is
/// the root. Every sentence of n words takes 2n transitions, so that the hypotheses of a beam can be compared at each step.
/// </summary>
internal sealed class ParserState
{
    /// <summary>Puts the next word on the stack.</summary>
    public const int Shift = 0;

    /// <summary>Takes the top of the stack off, as a left dependent of the next word.</summary>
    public const int Left = 1;

    /// <summary>Takes the top of the stack off, as a right dependent of the word below it.</summary>
    public const int Right = 2;

    /// <summary>How many transitions there are.</summary>
    public const int Actions = 3;

    private const int Arrays = 8;
    private short[] data = [];
    private int width;
    private int depth;

    /// <summary>Words of the sentence, without the root.</summary>
    public int Length { get; private set; }

    /// <summary>The next word; <see cref="Length"/> + 1 where all are read.</summary>
    public int Next { get; private set; }

    /// <summary>Sum of the scores of the transitions so far.</summary>
    public float Score { get; set; }

    /// <summary>Index of the history entry of the last transition; -1 at the start.</summary>
    public int History { get; set; }

    /// <summary>Whether all transitions so far are those of the gold tree.</summary>
    public bool IsGold { get; set; }

    /// <summary>The start: the root on the stack, all words to come.</summary>
    public void Reset(int length)
    {
        Length = length;
        width = length + 2;
        if (data.Length < Arrays * width)
            data = new short[Arrays * width * 2];
        data.AsSpan(0, Arrays * width).Clear();
        data.AsSpan(width, width).Fill(-1);
        depth = 1;
        Next = 1;
        Score = 0;
        History = -1;
        IsGold = true;
    }

    /// <summary>Makes this a copy of another.</summary>
    public void CopyFrom(ParserState other)
    {
        Length = other.Length;
        width = other.width;
        if (data.Length < Arrays * width)
            data = new short[Arrays * width * 2];
        other.data.AsSpan(0, Arrays * width).CopyTo(data);
        depth = other.depth;
        Next = other.Next;
        Score = other.Score;
        History = other.History;
        IsGold = other.IsGold;
    }

    /// <summary>The word <paramref name="k"/> below the top of the stack, or -1.</summary>
    public int Stack(int k) => k < depth ? data[depth - 1 - k] : -1;

    /// <summary>Head of a word, or -1.</summary>
    public int Head(int word) => data[width + word];

    /// <summary>Outermost left dependent, 0 where none is.</summary>
    public int Left1(int word) => data[(2 * width) + word];

    /// <summary>Left dependent next to the outermost, 0 where none is.</summary>
    public int Left2(int word) => data[(3 * width) + word];

    /// <summary>Outermost right dependent, 0 where none is.</summary>
    public int Right1(int word) => data[(4 * width) + word];

    /// <summary>Right dependent next to the outermost, 0 where none is.</summary>
    public int Right2(int word) => data[(5 * width) + word];

    /// <summary>Number of left dependents.</summary>
    public int LeftCount(int word) => data[(6 * width) + word];

    /// <summary>Number of right dependents.</summary>
    public int RightCount(int word) => data[(7 * width) + word];

    /// <summary>Whether a transition is possible. The root takes one dependent, at the end.</summary>
    public bool Allows(int action) => action switch
    {
        Shift => Next <= Length,
        Left => Next <= Length && depth > 1,
        _ => depth > 1 && (depth > 2 || Next > Length),
    };

    /// <summary>Takes a transition.</summary>
    public void Apply(int action)
    {
        if (action == Shift)
        {
            data[depth++] = (short)Next++;
            return;
        }
        var word = data[--depth];
        if (action == Left)
        {
            data[width + word] = (short)Next;
            data[(3 * width) + Next] = data[(2 * width) + Next];
            data[(2 * width) + Next] = word;
            data[(6 * width) + Next]++;
        }
        else
        {
            var head = data[depth - 1];
            data[width + word] = head;
            data[(5 * width) + head] = data[(4 * width) + head];
            data[(4 * width) + head] = word;
            data[(7 * width) + head]++;
        }
    }

    /// <summary>The transition that leads to the gold tree, which must be projective. <paramref name="heads"/> and
    /// <paramref name="rightmost"/> (the last dependent or the word itself) are indexed by word, from 1.</summary>
    public int GoldAction(ReadOnlySpan<int> heads, ReadOnlySpan<int> rightmost)
    {
        if (depth > 1)
        {
            var top = data[depth - 1];
            if (Next <= Length && heads[top] == Next)
                return Left;
            if (heads[top] == data[depth - 2] && rightmost[top] < Next && (depth > 2 || Next > Length))
                return Right;
        }
        return Shift;
    }
}
