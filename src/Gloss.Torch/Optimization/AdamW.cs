using Gloss.Torch.Native;

namespace Gloss.Torch;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", algorithm 2), in
/// the order of operations of PyTorch's <c>AdamW</c>. State is kept in float32 and can be written and read back
/// exactly.
/// </summary>
public sealed class AdamW : IDisposable
{
    private static readonly Operator mul = new("aten::_foreach_mul_", "Scalar");
    private static readonly Operator add = new("aten::_foreach_add_", "List");
    private static readonly Operator addcmul = new("aten::_foreach_addcmul_", "Scalar");
    private static readonly Operator addcdiv = new("aten::_foreach_addcdiv_", "Scalar");
    private static readonly Operator sqrt = new("aten::_foreach_sqrt");
    private static readonly Operator divInPlace = new("aten::_foreach_div_", "Scalar");
    private static readonly Operator addScalar = new("aten::_foreach_add_", "Scalar");

    private readonly List<State> states = [];
    private readonly AdamWOptions options;

    /// <summary>
    /// An optimiser over groups, each with its own factor on the learning rate and its own weight decay.
    /// </summary>
    public AdamW(IEnumerable<ParameterGroup> groups, AdamWOptions options)
    {
        this.options = options;
        foreach (var group in groups)
        {
            foreach (var (name, parameter) in group.Parameters)
            {
                states.Add(TensorScope.Outside(() => new State(name, parameter, group,
                    Tensors.ZerosLike(parameter.Value), Tensors.ZerosLike(parameter.Value))));
            }
        }
    }

    /// <summary>Steps taken.</summary>
    public long StepCount { get; private set; }

    /// <summary>
    /// Changes every parameter that has a gradient; <paramref name="learningRate"/> is multiplied by the group's
    /// factor.
    /// </summary>
    public void Step(double learningRate)
    {
        StepCount++;
        using var noGradient = GradientMode.None();
        foreach (var group in states.GroupBy(s => s.Group))
        {
            using var scope = TensorScope.Begin();
            var active = new List<State>();
            var gradients = new List<Tensor>();
            foreach (var state in group)
            {
                if (state.Parameter.IsTrainable && state.Parameter.Value.Gradient() is { } gradient)
                {
                    active.Add(state);
                    gradients.Add(gradient);
                    state.StepCount++;
                }
            }
            // States that began at different steps differ in their bias correction.
            foreach (var same in active.Zip(gradients).GroupBy(pair => pair.First.StepCount))
                Update(same.Select(p => p.First).ToArray(), same.Select(p => p.Second).ToArray(),
                    learningRate * group.Key.LearningRateFactor,
                    group.Key.WeightDecay, same.Key);
        }
    }

    private void Update(State[] items, Tensor[] gradients, double learningRate, double weightDecay, long step)
    {
        for (var start = 0; start < items.Length; start += 256)
        {
            var end = Math.Min(start + 256, items.Length);
            var parameters = items[start..end].Select(s => s.Parameter.Value).ToArray();
            var first = items[start..end].Select(s => s.FirstMoment).ToArray();
            var second = items[start..end].Select(s => s.SecondMoment).ToArray();
            var slice = gradients[start..end];

            mul.CallVoid(parameters, 1 - learningRate * weightDecay);
            mul.CallVoid(first, options.Beta1);
            add.CallVoid(first, slice, 1 - options.Beta1);
            mul.CallVoid(second, options.Beta2);
            addcmul.CallVoid(second, slice, slice, 1 - options.Beta2);

            var correction1 = 1 - Math.Pow(options.Beta1, step);
            var correction2 = 1 - Math.Pow(options.Beta2, step);
            var denominators = sqrt.CallMany(second);
            divInPlace.CallVoid(denominators, Math.Sqrt(correction2));
            addScalar.CallVoid(denominators, options.Epsilon);
            addcdiv.CallVoid(parameters, first, denominators, -learningRate / correction1);
        }
    }

    /// <summary>Drops all gradients.</summary>
    public void ZeroGradients()
    {
        foreach (var state in states)
            state.Parameter.Value.SetGradient(null);
    }

    /// <summary>The optimiser's state as named tensors; the moments stay the optimiser's own.</summary>
    public Dictionary<string, Tensor> SaveState()
    {
        var result = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var state in states)
        {
            result[$"{state.Name}.exp_avg"] = state.FirstMoment;
            result[$"{state.Name}.exp_avg_sq"] = state.SecondMoment;
            result[$"{state.Name}.step"] = Tensor.FromData([state.StepCount]);
        }
        result["step"] = Tensor.FromData([StepCount]);
        return result;
    }

    /// <summary>Puts back what <see cref="SaveState"/> gave.</summary>
    /// <exception cref="CheckpointException">An entry is missing.</exception>
    public void LoadState(IReadOnlyDictionary<string, Tensor> saved)
    {
        var missing = states.SelectMany(s => new[] { $"{s.Name}.exp_avg", $"{s.Name}.exp_avg_sq", $"{s.Name}.step" })
            .Append("step").Where(name => !saved.ContainsKey(name)).ToList();
        if (missing.Count > 0)
            throw new CheckpointException($"the optimiser's state lacks {string.Join(", ", missing)}");
        using var noGradient = GradientMode.None();
        foreach (var state in states)
        {
            state.FirstMoment.CopyInPlace(saved[$"{state.Name}.exp_avg"]);
            state.SecondMoment.CopyInPlace(saved[$"{state.Name}.exp_avg_sq"]);
            state.StepCount = saved[$"{state.Name}.step"].ToArray<long>()[0];
        }
        StepCount = saved["step"].ToArray<long>()[0];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var state in states)
        {
            state.FirstMoment.Dispose();
            state.SecondMoment.Dispose();
        }
    }

    private sealed class State(string name, Parameter parameter, ParameterGroup group, Tensor firstMoment,
        Tensor secondMoment)
    {
        public string Name { get; } = name;
        public Parameter Parameter { get; } = parameter;
        public ParameterGroup Group { get; } = group;
        public Tensor FirstMoment { get; } = firstMoment;
        public Tensor SecondMoment { get; } = secondMoment;
        public long StepCount { get; set; }
    }
}
