namespace Gloss.Torch.Tests;

public sealed class AdamWTests
{
    private sealed class Quadratic : Module
    {
        public Quadratic() => X = AddParameter("x", Tensor.FromData([5f, -3f], 2));

        public Parameter X { get; }

        public Tensor Loss()
        {
            using var scope = TensorScope.Begin();
            var offset = X.Value - Tensor.FromData([1f, 2f], 2);
            return scope.Return((offset * offset).Sum());
        }
    }

    private static AdamW Optimiser(Module module, double weightDecay = 0.01) => new(
        [new ParameterGroup { Parameters = module.NamedParameters().ToList(), WeightDecay = weightDecay }],
        new AdamWOptions());

    [Fact]
    public void Step_OneStep_EqualsTheFormula()
    {
        using var live = new LiveValues();
        using var module = new Quadratic();
        using var optimiser = Optimiser(module);
        using (var loss = module.Loss())
            loss.Backward();
        optimiser.Step(0.1);
        // First step: both corrections cancel, so the change is the sign of the gradient times the rate, after decay.
        Assert.Equal(5f * (1 - 0.001f) - 0.1f, module.X.Value.ToArray<float>()[0], 1e-5f);
        Assert.Equal(-3f * (1 - 0.001f) + 0.1f, module.X.Value.ToArray<float>()[1], 1e-5f);
        optimiser.ZeroGradients();
    }

    [Fact]
    public void LoadState_ContinuesToTheSameBits()
    {
        using var live = new LiveValues();
        float[] Run(bool interrupted)
        {
            var module = new Quadratic();
            var optimiser = Optimiser(module);
            for (var step = 0; step < 20; step++)
            {
                if (interrupted && step == 11)
                {
                    using var scope = TensorScope.Begin();
                    var state = optimiser.SaveState().ToDictionary(s => s.Key, s => s.Value.Clone());
                    var next = new Quadratic();
                    next.Load(module.State().ToDictionary(s => s.Key, s => s.Value.Clone()));
                    optimiser.Dispose();
                    module.Dispose();
                    module = next;
                    optimiser = Optimiser(module);
                    optimiser.LoadState(state);
                }
                using (var loss = module.Loss())
                    loss.Backward();
                optimiser.Step(0.05);
                optimiser.ZeroGradients();
            }
            var result = module.X.Value.ToArray<float>();
            optimiser.Dispose();
            module.Dispose();
            return result;
        }
        Assert.Equal(Run(interrupted: false), Run(interrupted: true));
    }

    [Fact]
    public void At_WarmUpThenCosine()
    {
        var schedule = new LearningRateSchedule { Peak = 1, WarmUpSteps = 4, TotalSteps = 104 };
        Assert.Equal(0.25, schedule.At(0), 6);
        Assert.Equal(1, schedule.At(4), 6);
        Assert.Equal(0.5, schedule.At(54), 6);
        Assert.Equal(0, schedule.At(104), 6);
    }
}
